"""The nouns of ecrlint: places, values, policies, the stack and what is found in it.

Everything here is data without behaviour of its own: no parser, no rule, no I/O.
"""
