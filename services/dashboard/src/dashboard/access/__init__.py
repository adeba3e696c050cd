"""Who may see the pages: the password, the session and its cookie, the way in and out."""
