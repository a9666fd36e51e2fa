import { ArtifactVersions } from "../artifacts/ArtifactVersions";
import { useRowsTold } from "./facts";

export default function DatasetPage() {
  return <ArtifactVersions kind="dataset" fact={useRowsTold()} />;
}
