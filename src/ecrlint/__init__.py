"""ecrlint: which push to or pull from Amazon ECR will fail, said before anything is deployed."""

__version__ = "0.1.0"
