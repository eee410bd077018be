"""The nouns that every layer speaks of: places, values, policies, the stack, findings. Data without behaviour.

Everything here is data without behaviour of its own: no parser, no rule, no I/O.
"""
