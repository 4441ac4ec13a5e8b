"""Drafts of a configuration: checked, tested and compared in processes of their own, which know nothing that is secret.

What a draft names of the machine is given only where the configuration in force has it already, or where it is a table in
the configuration's folder: else whoever may write a draft could read the environment, or any file.
"""
