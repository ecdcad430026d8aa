"""`python -m diversity_gateway`."""

from diversity_gateway.main import main

if __name__ == "__main__":
    main()
