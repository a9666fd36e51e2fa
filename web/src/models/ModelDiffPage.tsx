import { FilesDiff } from "../artifacts/files/FilesDiff";

export default function ModelDiffPage() {
  return <FilesDiff kind="model" />;
}
