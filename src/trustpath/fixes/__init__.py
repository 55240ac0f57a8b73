"""Fixes: changes to a copy of the facts, each shown only with the same question's answer after it.

``repairs/`` has, for each link of a path, what may mend it; nothing there is believed. ``plans`` applies a change, asks
the question again, goes on where another link is broken behind it, and keeps what ends in "allowed".
"""
