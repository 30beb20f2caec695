"""All fuzz targets."""

from tests.fuzz import documents, files, pages, streams

TARGETS = (*documents.TARGETS, *files.TARGETS, *pages.TARGETS, *streams.TARGETS)
