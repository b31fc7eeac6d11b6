"""The set-up as it is declared in Terraform files: compared with what is here, and carried out."""
