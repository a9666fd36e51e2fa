import type en from "./en";

const words: typeof en = {
  rows: "行数",
  rowCount: "{{rows}} 行",
  tabs: { about: "详情" },
  about: {
    title: "版本信息",
    columns: "列数",
    bytes: "{{size}}（{{bytes}} 字节）",
    files: "文件数",
    made: "创建",
    version: "版本号",
    parent: "来源版本",
    manifest: "清单摘要",
    copyManifest: "复制清单摘要",
    info: "作者附注",
  },
};

export default words;
