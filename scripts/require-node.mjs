// Stops npm scripts with one clear sentence when the Node on the path is older than the code needs.
const major = Number(process.versions.node.split('.')[0]);
if (major < 22) {
  console.error(
    `uring needs Node 22 or newer, but this is ${process.version}: ` +
      'run "npm ci" with install scripts allowed, which brings its own Node, or install one.',
  );
  process.exit(1);
}
