import type en from "./en";

const words: typeof en = {
  nothing: "没有可显示的内容。",
  missing: "此评测没有表“{{table}}”。",
  noText: "暂无文本。",
  asTable: "以表格显示",
  asChart: "以图表显示",
  chartOf: "图表：{{label}}",
  first: "前 {{shown}} 条，共 {{total}} 条。",
  id: "键",
  summary: "摘要",
  confusion: "混淆矩阵",
  roc: "ROC 曲线",
  precision: "精确率-召回率曲线",
  calibration: "校准曲线",
  perLabel: "各标签指标",
  parity: "预测值与真实值",
  residuals: "残差",
  kinds: {
    figures: "指标",
    table: "表格",
    bars: "柱状图",
    lines: "折线图",
    histogram: "直方图",
    scatter: "散点图",
    matrix: "混淆矩阵",
    curves: "曲线（ROC、PR）",
    text: "文本",
  },
};

export default words;
