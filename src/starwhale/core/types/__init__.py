"""Data types of dataset rows.

Two families. Media (`media.BaseArtifact`: images, audio, video, text, binary) are bytes with a small
description; plain objects (`plain.Plain`: links, labels, boxes, points, annotations) are records of
numbers and text. `registry` knows each by the name that schemas store.
"""
