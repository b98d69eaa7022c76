// All kernels, compiled once for each instruction set: GNISTA_ISA is its name, GNISTA_TABLE that of its table.
#include "kernels/aggregate.hpp"
#include "kernels/byte-planes.hpp"
#include "kernels/group-strings.hpp"
#include "kernels/hash.hpp"
#include "kernels/join.hpp"
#include "kernels/lz4.hpp"
#include "kernels/pairs.hpp"
#include "kernels/partition.hpp"
#include "kernels/select.hpp"
#include "kernels/sort-strings.hpp"
#include "kernels/sort.hpp"
#include "kernels/strings.hpp"

namespace GNISTA_ISA {

static const Kernel kernels[] = {
    AGGREGATE_KERNELS, BYTE_PLANE_KERNELS, GROUP_STRINGS_KERNELS, HASH_KERNELS, JOIN_KERNELS,         LZ4_KERNELS,
    PAIR_KERNELS,      PARTITION_KERNELS,  SELECT_KERNELS,        SORT_KERNELS, SORT_STRINGS_KERNELS, STRING_KERNELS,
};

}  // namespace GNISTA_ISA

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

extern const Table GNISTA_TABLE{TEXT(GNISTA_ISA), GNISTA_ISA::kernels, sizeof(GNISTA_ISA::kernels) / sizeof(Kernel)};
