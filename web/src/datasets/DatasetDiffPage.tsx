import { DiffFrame } from "../artifacts/DiffFrame";
import { Compared } from "./Compared";

export default function DatasetDiffPage() {
  return <DiffFrame kind="dataset">{(from, to) => <Compared from={from} to={to} />}</DiffFrame>;
}
