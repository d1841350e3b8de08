#!/bin/sh
# Removes from a virtual environment what no service runs: libraries' own tests, headers, and parts of Spark for other ways of using it.
set -eu
site=$(echo "$1"/lib/python3*/site-packages)
find "$site" -depth -type d -name tests -exec rm -rf {} +
find "$site" -name '*.pyi' -delete
rm -rf "$site"/pyarrow/include "$site"/pyarrow/src
# Arrow over the network.
rm -f "$site"/pyarrow/*flight*
# zstd for PyPy; CPython takes the backend in C.
rm -f "$site"/zstandard/_cffi*.so "$site"/zstandard/backend_cffi.py
# Symbols that only a debugger reads.
find "$site" \( -name 'libllvmlite.so' -o -name 'backend_c.*.so' -o -name 'libarrow*.so.*' -o -name 'libparquet.so.*' -o -name '_rust.abi3.so' -o -name 'ft2font*.so' \
    -o -path '*/aiohttp/*.so' -o -path '*/kiwisolver/*.so' -o -path '*/multidict/*.so' -o -path '*/sqlalchemy/*.so' -o -path '*/yaml/*.so' \) -exec strip --strip-unneeded {} +
# Of fonts' tables matplotlib reads the names of glyphs only; its examples, icons and printers' fonts are for screens and PDF.
if [ -d "$site/fontTools" ]; then
    find "$site/fontTools" -mindepth 1 -maxdepth 1 ! -name __init__.py ! -name agl.py ! -name misc ! -name __pycache__ -exec rm -rf {} +
    rm -rf "$site"/matplotlib/mpl-data/sample_data "$site"/matplotlib/mpl-data/images "$site"/matplotlib/mpl-data/fonts/afm "$site"/matplotlib/mpl-data/fonts/pdfcorefonts
fi
spark=$site/pyspark
[ -d "$spark" ] || exit 0
rm -rf "$site"/mlflow/server/js "$spark"/examples "$spark"/data "$spark"/licenses "$spark"/bin/*.cmd "$spark"/bin/*R "$spark"/jars/connect-repl
# Spark Connect's server, Hive's server, YARN and the Scala shell; local, standalone and Kubernetes masters stay.
rm -f "$spark"/jars/spark-connect_*.jar "$spark"/jars/spark-hive-thriftserver_*.jar "$spark"/jars/spark-yarn_*.jar \
    "$spark"/jars/spark-repl_*.jar "$spark"/jars/hive-jdbc-*.jar "$spark"/jars/hive-beeline-*.jar "$spark"/jars/hive-cli-*.jar \
    "$spark"/jars/netty-tcnative-boringssl-static-*-osx-*.jar "$spark"/jars/netty-tcnative-boringssl-static-*-windows-*.jar
# Hive's own catalogue: tables are folders here, found by their path.
rm -f "$spark"/jars/hive-metastore-*.jar "$spark"/jars/datanucleus-*.jar "$spark"/jars/derby*.jar
# The one jar with the libraries of every operating system.
python3 - "$spark"/jars/rocksdbjni-*.jar <<'PYTHON'
import sys, zipfile
from pathlib import Path

whole = Path(sys.argv[1])
with zipfile.ZipFile(whole) as jar, zipfile.ZipFile(whole.with_suffix(".slim"), "w", zipfile.ZIP_DEFLATED) as slim:
    for entry in jar.infolist():
        native = entry.filename.endswith((".so", ".dll", ".jnilib"))
        if not native or entry.filename in ("librocksdbjni-linux64.so", "librocksdbjni-linux-aarch64.so"):
            slim.writestr(entry, jar.read(entry))
whole.with_suffix(".slim").rename(whole)
PYTHON
