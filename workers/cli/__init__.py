"""The command line: `frontdesk COMMAND`; each file here adds its own to the frame."""
