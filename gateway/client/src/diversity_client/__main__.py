"""`python -m diversity_client`: the command line."""

from diversity_client.command.main import main

main()
