"""Prices without a chat model: trees and networks over neighbours, words and quantities of the text, in numpy."""
