"""Containers that are opened, by name. All of them hold their own media; none names another file or an address.

FFmpeg also reads playlists and scripts: HLS, concat, DASH, SDP, IMF, VobSub. These read whatever file they name, so a
stranger's "movie" could show any file of the reader's. They are left out here, and so are devices and generators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from otiograde.errors import MediaError

_VIDEO = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,h261,h263,h264,hevc,vvc,evc,av1,"
    "obu,ivf,dv,dnxhd,dirac,vc1,vc1test,cavsvideo,avs2,avs3,apv,asf,asf_o,flv,live_flv,kux,gxf,lxf,nut,ogg,rm,wtv,nsv,"
    "nuv,pva,ty,dhav,yuv4mpegpipe,mjpeg,mjpeg_2000,smjpeg,apng,gif,jpegxl_anim,webp_anim,flic,cine,r3d,ser,fits,swf,vivo"
)
_AUDIO = (
    "wav,w64,aiff,caf,au,mp3,aac,ac3,eac3,ac4,dts,dtshd,truehd,mlp,flac,ape,wv,tta,tak,mpc,mpc8,amr,amrnb,amrwb,loas,"
    "dsf,iff,iamf,oma,sox,voc,ircam,nistsphere,spdif,s337m,daud,gsm,qcp,shn,aptx,aptx_hd,sbc,rso,avr"
)
_IMAGE = (
    "image2,ico,bmp_pipe,cri_pipe,dds_pipe,dpx_pipe,exr_pipe,gem_pipe,gif_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,"
    "jpegxl_pipe,jpegxs_pipe,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,pgmyuv_pipe,pgx_pipe,phm_pipe,photocd_pipe,"
    "pictor_pipe,png_pipe,ppm_pipe,psd_pipe,qdraw_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,vbn_pipe,webp_pipe,"
    "xbm_pipe,xpm_pipe,xwd_pipe"
)

#: FFmpeg's names of the containers that are opened.
CONTAINERS = f"{_VIDEO},{_AUDIO},{_IMAGE}"

#: FFmpeg's names of the protocols that PyAV uses.
PROTOCOLS = "file,pipe"

#: Suffixes of image files. These are read from memory: FFmpeg would read ``%``, ``*`` and ``{`` in a name as a pattern.
STILL_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".webp", ".dpx", ".exr"})

#: The usual containers of video and sound -> the suffixes of their files, which often have each other's content.
_USUAL = {
    "mov": (".mp4", ".m4v", ".mov", ".qt", ".3gp", ".m4a"),
    "matroska": (".mkv", ".webm", ".mka"),
    "mxf": (".mxf",),
    "mpegts": (".ts", ".mts", ".m2ts"),
    "mpeg,mpegvideo,m4v": (".mpg", ".mpeg", ".vob"),
    "avi": (".avi",),
    "asf": (".asf", ".wmv", ".wma"),
    "flv": (".flv",),
    "ogg": (".ogg", ".ogv", ".oga", ".opus"),
    "wav": (".wav",),
    "aiff": (".aif", ".aiff"),
    "flac": (".flac",),
    "mp3": (".mp3",),
    "aac": (".aac",),
    "ac3": (".ac3",),
}

#: Suffix -> the containers of its files, in one short name each: a command line may have many inputs.
_BY_SUFFIX = {suffix: containers for containers, suffixes in _USUAL.items() for suffix in suffixes}

_STILLS = "png_pipe,jpeg_pipe,jpegls_pipe,mjpeg,tiff_pipe,bmp_pipe,webp_pipe,webp_anim,dpx_pipe,exr_pipe,apng,image2"


def guard(path: str, options: Sequence[str] = (), *, short: bool = False) -> tuple[str, ...]:
    """Return FFmpeg's options with which the input ``path`` opens no other file and no address.

    They name the containers that a file of this suffix may be. ``options`` are the input's other options; one that sets
    the container leaves only this one. With ``short``, a file must be what its suffix says. FFmpeg's default allows
    only protocols of local files, so the short form does not name them.

    >>> guard("/footage/%04d.png", ("-f", "image2"))
    ('-protocol_whitelist', 'file', '-format_whitelist', 'image2')
    >>> guard("/footage/a.mp4", short=True)
    ('-format_whitelist', 'mov')
    """
    suffix = PurePath(path).suffix.lower()
    if "-f" in options:
        containers = options[options.index("-f") + 1]
    elif suffix in STILL_SUFFIXES:
        containers = _STILLS
    elif suffix in _BY_SUFFIX:
        containers = _BY_SUFFIX[suffix] if short else ",".join(_USUAL)
    else:
        containers = CONTAINERS
    return (*(() if short else ("-protocol_whitelist", "file")), "-format_whitelist", containers)


#: Bytes at the start of a file in which a playlist shows.
_HEAD = 4096

#: What FFmpeg's probes look for: at the start of a file, or anywhere before its first zero byte. A file with one of
#: these is refused even if it is valid media too: another version of FFmpeg may take it for a playlist.
_STARTS = ((rb"\s*#EXTM3U", "an HLS playlist"), (rb"\s*ffconcat", "a concat script"), (rb"# VobSub", "a VobSub index"))
_MARKS = ((rb"<MPD\b", "a DASH manifest"), (rb"<CompositionPlaylist\b", "an IMF playlist"), (rb"^c=IN IP", "SDP"))


def playlist_kind(head: bytes) -> str:
    r"""Return the kind of playlist that begins with ``head``; empty for other files.

    >>> playlist_kind(b"#EXTM3U\n#EXT-X-VERSION:3\n"), playlist_kind(b"\0\0\0\x20ftypisom")
    ('an HLS playlist', '')
    """
    text = head.removeprefix(b"\xef\xbb\xbf").partition(b"\0")[0]
    for pattern, kind in _STARTS:
        if re.match(pattern, text, re.IGNORECASE):
            return kind
    return next((kind for pattern, kind in _MARKS if re.search(pattern, text, re.IGNORECASE | re.MULTILINE)), "")


def check_playlist(path: Path) -> None:
    """Raise ``MediaError`` if a file is a playlist. Raises ``OSError`` if it cannot be read."""
    with path.open("rb") as file:
        kind = playlist_kind(file.read(_HEAD))
    if kind:
        raise refers(path, kind)


def refers(path: Path, kind: str) -> MediaError:
    """Make the error for a file that is of this ``kind``, and reads other files."""
    return MediaError(f"{path}: is {kind}, which reads other files: name the media itself, or convert it", refers=True)
