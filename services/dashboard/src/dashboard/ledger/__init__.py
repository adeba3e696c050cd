"""What pushed deals were really worth, as prices told later: shares of right ones, and two plots."""
