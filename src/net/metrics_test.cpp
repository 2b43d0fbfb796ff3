#include "net/metrics.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

TEST(Metrics, RendersSortedWithHelpAndType) {
    Metrics metrics;
    metrics.counter("b_total", "Things.", "kind=\"y\"").add(2);
    metrics.counter("b_total", "Things.", "kind=\"x\"").add();
    metrics.gauge("a_now", "Right now.").set(-3);
    EXPECT_EQ(metrics.render(), "# HELP a_now Right now.\n# TYPE a_now gauge\na_now -3\n"
                                "# HELP b_total Things.\n# TYPE b_total counter\n"
                                "b_total{kind=\"x\"} 1\nb_total{kind=\"y\"} 2\n");
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameCounter) {
    Metrics metrics;
    metrics.counter("n", "N.", "l=\"1\"").add(4);
    EXPECT_EQ(metrics.counter("n", "N.", "l=\"1\"").value(), 4U);
    EXPECT_EQ(metrics.counter("n", "N.", "l=\"2\"").value(), 0U);
}

} // namespace
} // namespace vv::net
