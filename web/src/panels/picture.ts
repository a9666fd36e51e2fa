import { type EChartsCoreOption, init } from "echarts/core";
import "./EChart";

const SIZE = { width: 780, height: 400 };

/** A chart as a picture, in an address that holds it. */
export function pictureOf(option: EChartsCoreOption): string {
  const place = document.createElement("div");
  const chart = init(place, null, SIZE);
  chart.setOption(option);
  const address = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: "#ffffff" });
  chart.dispose();
  return address;
}
