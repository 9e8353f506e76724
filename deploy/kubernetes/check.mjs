// Checks manifests against the schemas of the Kubernetes API: values by its validators, and names by the compiler,
// which takes no member that a type has not. Then that what they say of each other fits.
import {readFileSync, writeFileSync} from "node:fs";
import ts from "typescript";
import {parseAllDocuments} from "yaml";

const kinds = {
  "v1/Service": "kubernetes-models/v1/Service",
  "apps/v1/StatefulSet": "kubernetes-models/apps/v1/StatefulSet",
  "policy/v1/PodDisruptionBudget": "kubernetes-models/policy/v1/PodDisruptionBudget",
};
let wrong = 0;
let typed = "";

function complain(file, text) {
  console.error(`${file}: ${text}`);
  wrong++;
}

for (const file of process.argv.slice(2)) {
  const found = {};
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    document.errors.forEach(error => complain(file, error.message));
    const object = document.toJS();
    const kind = `${object.apiVersion}/${object.kind}`;
    if (!(kind in kinds)) {
      complain(file, `no schema for ${kind}`);
      continue;
    }
    const number = typed.length;
    typed +=
      `import {I${object.kind} as T${number}} from "${kinds[kind]}";\n` +
      `export const o${number}: T${number} = ${JSON.stringify(object)};\n`;
    const model = (await import(kinds[kind]))[object.kind];
    try {
      new model(object).validate();
      found[object.kind] = object;
      console.log(`${file}: ${object.kind} ${object.metadata.name} is valid`);
    } catch (error) {
      complain(file, `${object.kind} ${object.metadata?.name}: ${error.message}`);
    }
  }
  const set = found.StatefulSet;
  if (set) {
    const pod = set.spec.template.spec;
    const args = pod.containers[0].args;
    const minutes = Number(args.find(arg => arg.startsWith("--drain-timeout=")).match(/(\d+)m$/)[1]);
    if (pod.terminationGracePeriodSeconds <= minutes * 60) {
      complain(file, "a node is killed before its drain timeout is over");
    }
    if (set.spec.serviceName !== found.Service?.metadata.name) {
      complain(file, "the StatefulSet's service is another");
    }
    const volumes = new Set(pod.volumes.map(volume => volume.name));
    for (const mount of pod.containers[0].volumeMounts) {
      if (!volumes.has(mount.name)) {
        complain(file, `there is no volume ${mount.name}`);
      }
    }
  }
}
writeFileSync("typed.ts", typed);
const program = ts.createProgram(["typed.ts"], {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
});
for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
  complain("members", ts.flattenDiagnosticMessageText(diagnostic.messageText, " "));
}
process.exit(wrong ? 1 : 0);
