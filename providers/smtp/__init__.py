"""Any server that takes letters by SMTP."""
