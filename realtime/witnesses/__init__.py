"""Who is there: detectors of faces, bodies and hands testify, and what nobody testified for is not shown."""
