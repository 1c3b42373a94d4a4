"""A local host for Python v2 Functions apps with Durable Functions, on Azurite.

It runs the triggers this project uses (HTTP, queue, timer, orchestration, activity) and refuses everything else
loudly, so that the app that runs here runs unchanged under `func start` and in Azure.
"""
