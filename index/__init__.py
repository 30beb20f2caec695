"""Chunks, embeddings, Chroma and BM25 side by side, and the retrieval over them."""
