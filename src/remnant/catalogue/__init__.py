"""What is known of each cancer, treatment, test and follow-up, read from data files on demand."""

from remnant.catalogue.evidence import EvidenceRow, evidence
from remnant.catalogue.shelf import Catalogue, course, list_ids, read

list = list_ids

__all__ = ["Catalogue", "EvidenceRow", "course", "evidence", "list", "list_ids", "read"]
