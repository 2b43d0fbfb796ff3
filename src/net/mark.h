// Says that something is under way, so that what calls back in the middle of it can tell.
#pragma once

namespace vv::net {

/// While it lives; also where whoever is told throws.
class Mark {
public:
    explicit Mark(bool& mark) : mark_(mark) { mark_ = true; }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    ~Mark() { mark_ = false; }

private:
    bool& mark_;
};

} // namespace vv::net
