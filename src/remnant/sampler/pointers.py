"""Many arrays as one bare pointer: what a kernel is given when it is called from another kernel.

numba hands an array over as seven numbers or more, so a call with the sixty arrays of a Plan and a Work copies half a
thousand of them, which cost more than the draws of a life, and made compiling slow as well. `pointers` writes the first
address of every array and every number of a NamedTuple to the stack, once a block, and gives the one address of that.
Kernels read `plan.kill[i]` from it as before; but an array then has one index, no shape and no negative index.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model


class Pointers(types.Type):
    """The type of what `pointers` returns."""

    def __init__(self, arrays: types.NamedTuple) -> None:
        if any(isinstance(one, types.Array) and one.layout != "C" for one in arrays.types):
            raise TypeError("only an array without gaps can be read with one index")
        self.fields = arrays.fields
        self.members = [types.CPointer(one.dtype) if isinstance(one, types.Array) else one for one in arrays.types]
        super().__init__(f"Pointers({arrays.instance_class.__name__}, {self.members})")


@register_model(Pointers)
class PointersModel(models.PrimitiveModel):
    """One address."""

    def __init__(self, manager: Any, kind: Pointers) -> None:
        struct = ir.LiteralStructType([manager.lookup(one).get_value_type() for one in kind.members])
        super().__init__(manager, kind, struct.as_pointer())


@infer_getattr
class PointersFields(AttributeTemplate):
    """Fields by the names of the NamedTuple."""

    key = Pointers

    def generic_resolve(self, kind: Pointers, name: str) -> Any:
        """Return the type of a field."""
        return kind.members[kind.fields.index(name)] if name in kind.fields else None


@lower_getattr_generic(Pointers)
def read_field(target: Any, builder: Any, kind: Pointers, value: Any, name: str) -> Any:
    """Read a field. It never changes, so the compiler may read it once for many uses."""
    load = builder.load(cgutils.gep_inbounds(builder, value, 0, kind.fields.index(name)))
    load.set_metadata("invariant.load", builder.module.add_metadata([]))
    return load


@intrinsic
def pointers(context: Any, arrays: Any) -> Any:
    """Return the pointers of a NamedTuple of arrays and numbers; good as long as the function that calls this runs."""
    bare = Pointers(arrays)

    def code(target: Any, builder: Any, _: Any, arguments: Any) -> Any:
        values = [builder.extract_value(arguments[0], i) for i in range(len(arrays.types))]
        firsts = [
            target.make_array(one)(target, builder, value).data if isinstance(one, types.Array) else value
            for one, value in zip(arrays.types, values, strict=True)
        ]
        room = cgutils.alloca_once(builder, target.get_value_type(bare).pointee)
        for i, first in enumerate(firsts):
            builder.store(first, cgutils.gep_inbounds(builder, room, 0, i))
        return room

    return bare(arrays), code
