"""What the end-to-end tests are made of; each test file reads as a story told with these words."""
