"""The language server behind `ecrlint server`: findings, their pages and their fixes, in an editor as one types."""
