"""One folder per outside system; none imports another, all talk through `ProviderSession`."""
