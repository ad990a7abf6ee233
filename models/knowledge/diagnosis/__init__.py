"""The diagnosis knowledge base: findings, conditions, how often they go together, what tells them apart."""

from models.knowledge.diagnosis.base import KnowledgeBase, load_knowledge
from models.knowledge.diagnosis.rows import BANDS, Condition, Finding, KnowledgeError, band_of

__all__ = ["BANDS", "Condition", "Finding", "KnowledgeBase", "KnowledgeError", "band_of", "load_knowledge"]
