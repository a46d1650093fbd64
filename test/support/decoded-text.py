"""What pydicom reads in files: a JSON list, one object a file, of the patient and study texts that it has."""
import json
import sys
import warnings

import pydicom

warnings.simplefilter("ignore")
KEYWORDS = ["PatientName", "PatientID", "ReferringPhysicianName", "StudyDescription", "AccessionNumber", "StudyID"]


def texts(path):
    dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
    # pydicom leaves the escape sequence of ISO 2022 IR 58 standing.
    return {keyword: str(dataset[keyword].value).replace("\x1b$)A", "") for keyword in KEYWORDS if dataset.get(keyword)}


json.dump([texts(path) for path in sys.argv[1:]], sys.stdout)
