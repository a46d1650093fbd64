import com.pixelmed.validate.DicomSRValidator;

/** PixelMed's SR validator over many files in one virtual machine: its style sheets take seconds to load. */
class ValidateMany {
  public static void main(String[] paths) throws Exception {
    System.setErr(System.out);
    DicomSRValidator validator = new DicomSRValidator();
    for (String path : paths) {
      System.out.println("== " + path);
      System.out.println(validator.validate(path));
    }
  }
}
