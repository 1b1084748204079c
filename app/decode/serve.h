#pragma once

namespace fusionscope::decode {

/// Keeps a video open and gives frames of it as they are asked for, until standard input ends. @return exit status
///
/// First come JSON lines {"progress": share} while the file is read, then {"width": w, "height": h, "frames": n, "rate":
/// frames per second, "duration": seconds} followed by n doubles, the time of each frame in seconds. Each line of standard
/// input is answered then:
///   frame I      {"width": w, "height": h} followed by the h · w · 3 bytes of RGB
///   uniform N    {"frames": [...]}, likewise "every S"
///   scenes T     {"progress": share} lines, then {"frames": [...], "changes": [...]}
/// What is wrong is told as {"problem", "where", "hint"}; with the file, exit status 1 follows.
int serve(const char* file);

}  // namespace fusionscope::decode
