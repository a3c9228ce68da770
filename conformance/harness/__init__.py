"""What a case works with: the client, the storage, the ledger of what was created."""
