"""What the imports of a pickle mean: data of a model, code of the user, or an attack."""

from __future__ import annotations

from collections.abc import Iterable

from starwhale.models.facts.objects import Global
from starwhale.models.facts.values import Import, Trust

_EXPECTED = frozenset(
    {
        "_codecs.encode",
        "array.array",
        "array._array_reconstructor",
        "builtins.bool",
        "builtins.bytearray",
        "builtins.bytes",
        "builtins.complex",
        "builtins.dict",
        "builtins.float",
        "builtins.frozenset",
        "builtins.int",
        "builtins.list",
        "builtins.object",
        "builtins.range",
        "builtins.set",
        "builtins.slice",
        "builtins.str",
        "builtins.tuple",
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
        "copyreg._reconstructor",
        "datetime.date",
        "datetime.datetime",
        "datetime.timedelta",
        "decimal.Decimal",
        "fractions.Fraction",
        "joblib.numpy_pickle.NDArrayWrapper",
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "numpy.bool",
        "numpy.bool_",
        "numpy.bytes_",
        "numpy.complex128",
        "numpy.complex64",
        "numpy.datetime64",
        "numpy.dtype",
        "numpy.float16",
        "numpy.float32",
        "numpy.float64",
        "numpy.int16",
        "numpy.int32",
        "numpy.int64",
        "numpy.int8",
        "numpy.ndarray",
        "numpy.random._pickle.__bit_generator_ctor",
        "numpy.random._pickle.__generator_ctor",
        "numpy.random._pickle.__randomstate_ctor",
        "numpy.str_",
        "numpy.timedelta64",
        "numpy.uint16",
        "numpy.uint32",
        "numpy.uint64",
        "numpy.uint8",
        "pathlib.Path",
        "pathlib.PosixPath",
        "pathlib.PurePosixPath",
        "pathlib.WindowsPath",
        "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.build_doublelist",
        "torch.jit._pickle.build_intlist",
        "torch.jit._pickle.build_tensor_from_id",
        "torch.jit._pickle.build_tensorlist",
        "torch.jit._pickle.restore_type_tag",
        "torch.serialization._get_layout",
        "types.SimpleNamespace",
        "uuid.UUID",
    }
)
# Functions in packages of data that only put an array or an object together again.
_MAKERS = frozenset({"_reconstruct", "scalar", "newObj", "_frombuffer", "_numpy_core_multiarray_scalar"})
_DATA = frozenset(
    {
        "__torch__",
        "catboost",
        "keras",
        "lightgbm",
        "numpy",
        "pandas",
        "peft",
        "safetensors",
        "scipy",
        "sentence_transformers",
        "sklearn",
        "tokenizers",
        "torch",
        "torchvision",
        "transformers",
        "xgboost",
    }
)
_TORCH_MODULES = frozenset({"torch._utils", "torch._tensor"})
_DTYPE_NAMES = "bfloat bool complex device double float half int long short uint"
_TORCH_DTYPES = tuple(_DTYPE_NAMES.split())
# Packages of which only what is named above is to be expected.
_RUNNERS = """
    _aix_support _io _osx_support _pickle _posixsubprocess _pyrepl aiohttp ast asyncio bdb builtins cProfile
    cloudpickle code codeop commands compileall ctypes dill distutils doctest ensurepip fileinput ftplib
    functools gc http httplib idlelib imaplib imp importlib inspect io joblib lib2to3 linecache
    logging marshal mimetypes multiprocessing nt ntpath numexpr operator os pathlib pdb pickle pip pkgutil
    platform popen2
    posix posixpath profile pty pydoc requests runpy select shelve shutil signal site smtplib socket sqlite3
    ssl subprocess sys sysconfig tarfile telnetlib tempfile test timeit trace types unittest urllib urllib2
    urllib3 uu venv webbrowser winreg xmlrpc zipapp zipfile zipimport
"""
_DANGEROUS = frozenset(_RUNNERS.split())
# Parts of packages of data that load files, compile or run something.
_LOADERS = """
    numpy.distutils numpy.f2py numpy.lib numpy.load numpy.testing numpy.memmap numpy.fromfile numpy.fromregex
    numpy.loadtxt numpy.genfromtxt numpy.save numpy.savez numpy.savetxt pandas.eval pandas.io
    pandas.core.computation sklearn.datasets torch.hub torch.load torch.save torch.jit torch.serialization
    torch.utils torch.classes torch.ops torch.compile torch._dynamo torch._inductor torch.fx torch.distributed
    torch.multiprocessing torch.package torch.storage._load_from_bytes scipy.io scipy._lib transformers.utils
    transformers.dynamic_module_utils transformers.pipelines
"""
_TRAPS = frozenset(_LOADERS.split())
_OLD = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_ORDER: dict[Trust, int] = {"dangerous": 0, "unknown": 1, "expected": 2}


def trust_of(found: Global) -> Trust:
    """How much an import is to be expected in a model."""
    module = _OLD.get(found.module, found.module)
    package = module.partition(".")[0]
    full = f"{module}.{found.name}"
    if full in _EXPECTED:
        return "expected"
    if package in _DANGEROUS or module == "?" or _is_trap(full):
        return "dangerous"
    if package not in _DATA:
        return "unknown"
    if "." in found.name:
        # Through a module of data one reaches everything that it has imported itself.
        return "dangerous"
    return "expected" if _is_data(module, found.name) else "unknown"


def told(found: Iterable[Global]) -> tuple[Import, ...]:
    """The imports, the dangerous first."""
    made = {Import(name=str(each), trust=trust_of(each)) for each in found}
    return tuple(sorted(made, key=lambda each: (_ORDER[each.trust], each.name)))


def _is_trap(full: str) -> bool:
    parts = full.split(".")
    return any(".".join(parts[:count]) in _TRAPS for count in range(2, len(parts) + 1))


def _is_data(module: str, name: str) -> bool:
    """A class, by how it is written, or a function that is known to put data together again."""
    if name.lstrip("_")[:1].isupper() or name in _MAKERS or name.startswith("__pyx_unpickle"):
        return True
    if module in _TORCH_MODULES:
        return name.startswith("_rebuild")
    return module == "torch" and name.startswith(_TORCH_DTYPES)
