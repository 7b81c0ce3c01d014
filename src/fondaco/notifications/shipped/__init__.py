"""The notices that come with the platform, in English; operators put other words in their place."""
