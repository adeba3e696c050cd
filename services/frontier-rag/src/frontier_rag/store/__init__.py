"""Where the products lie: Chroma in a folder or on a server, versions behind an alias, the products that come with the service."""
