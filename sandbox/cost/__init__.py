"""What the app costs in Azure: counts of the bench times prices that are inputs. Makes the tables of `docs/cost.md`."""
