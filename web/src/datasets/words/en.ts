export default {
  rows: "Rows",
  rowCount: "{{rows}} rows",
  tabs: { about: "About" },
  about: {
    title: "This version",
    columns: "Columns",
    bytes: "{{size}} ({{bytes}} bytes)",
    files: "Files",
    made: "Made",
    version: "Version",
    parent: "Made from",
    manifest: "Manifest",
    copyManifest: "Copy the digest of the manifest",
    info: "What its author noted",
  },
};
