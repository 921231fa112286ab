"""Run folders, where worker and pages meet: what was asked, how it goes, who goes on."""
