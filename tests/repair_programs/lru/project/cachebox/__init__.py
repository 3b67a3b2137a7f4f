from cachebox.lru import LRU

__all__ = ["LRU"]
