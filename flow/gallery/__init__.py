"""A gallery of the broken: backends and shops with one named, realistic defect each.

They measure a suite or an explorer: one that keeps silent before a defect has not looked there.
"""
