#include "app/decode/serve.h"

#include <sys/resource.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "app/decode/say.h"
#include "core/files/error.h"
#include "core/video/samplers.h"

namespace fusionscope::decode {

namespace {

constexpr rlim_t mostSecondsAtOnce = 600;  // of the processor, for one request

/// A video may be looked at for hours, but no request takes for ever.
void allowOneRequest() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    rlimit limits{};
    getrlimit(RLIMIT_CPU, &limits);
    limits.rlim_cur = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + mostSecondsAtOnce;
    setrlimit(RLIMIT_CPU, &limits);
}

template <class Numbers>
void writeRaw(const Numbers& numbers) {
    std::cout.write(reinterpret_cast<const char*>(numbers.data()),
                    static_cast<std::streamsize>(numbers.size() * sizeof(numbers[0])));
    std::cout.flush();
}

void answer(video::FrameReader& reader, const std::string& request, const video::Pass& pass) {
    std::istringstream words(request);
    std::string what;
    double value = 0;
    words >> what >> value;
    if (!words) throw Error("\"" + request + "\" is no request", "standard input");
    if (what == "frame") {
        const auto picture = reader.frame(static_cast<std::int64_t>(value), pass);
        say({{"width", picture.size.width}, {"height", picture.size.height}});
        return writeRaw(picture.rgb);
    }
    if (what == "every") return say({{"frames", video::framesEvery(reader, value)}});
    if (what == "uniform") return say({{"frames", video::uniformFrames(reader, static_cast<int>(value))}});
    if (what != "scenes") throw Error("\"" + request + "\" is no request", "standard input");
    const auto changes = video::frameChanges(reader, pass);
    say({{"frames", video::sceneFrames(changes, value)}, {"changes", changes}});
}

}  // namespace

int serve(const char* file) {
    const video::Pass pass{{}, [](double share) { say({{"progress", share}}); }};
    return tellProblems(file, [&] {
        allowOneRequest();
        video::FrameReader reader(file, pass);
        say({{"width", reader.size().width},
             {"height", reader.size().height},
             {"frames", reader.count()},
             {"rate", reader.framesPerSecond()},
             {"duration", reader.seconds()}});
        std::vector<double> seconds;
        for (std::int64_t index = 0; index < reader.count(); ++index) seconds.push_back(reader.secondsOf(index));
        writeRaw(seconds);
        for (std::string request; std::getline(std::cin, request);) {
            allowOneRequest();
            tellProblems(file, [&] { answer(reader, request, pass); });
        }
    });
}

}  // namespace fusionscope::decode
