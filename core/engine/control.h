#pragma once

#include <functional>
#include <stop_token>
#include <string>

namespace fusionscope::engine {

/// How far a long task is.
struct Progress {
    std::string task;  ///< what is being done, for a person: "Encoding picture 2 of 3"
    double share = 0;  ///< finished part, 0 to 1
};

/// What accompanies every long call: how to stop it and who hears how far it is. Both are looked at at least once per
/// layer and per token; a stopped call throws Stopped.
struct Control {
    std::stop_token stop;
    std::function<void(const Progress&)> progress;

    void report(const std::string& task, double share) const {
        if (progress) progress({task, share});
    }
};

}  // namespace fusionscope::engine
