"""The rules that say what is pushed: their order, an editor for one, its trial on the past, and a file of all."""
