"""The tools of a case: the client, the storage, the ledger of everything that was created."""
