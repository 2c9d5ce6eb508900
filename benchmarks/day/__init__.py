"""What fills a business day: who comes, what they do, what is watched meanwhile, and what is counted afterwards."""
