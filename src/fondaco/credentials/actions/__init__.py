"""The only writers of credentials, by what they are about; import the module that you need."""
