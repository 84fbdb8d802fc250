"""Detectors: small networks that say where faces, people and hands are, and which pixels a body has.

They are MediaPipe's, and what is done around them is what its graphs say: face_detection_full_range,
pose_detection, palm_detection and pose_landmark of mediapipe 0.10.21.
"""
