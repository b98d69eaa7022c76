// The family of kernels of pairs.
#pragma once
#include "merge-pairs.hpp"
#include "scatter-pairs.hpp"
#include "sort-pairs.hpp"

#define PAIR_KERNELS \
  KERNEL(scatterPairs), KERNEL(sortPairs), KERNEL(mergePairs), KERNEL(unpack4), KERNEL(unpack8)
