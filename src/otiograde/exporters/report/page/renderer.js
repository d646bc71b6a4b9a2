// Pictures through a LUT: by WebGL2 where there is one, else on the CPU. One context serves the whole page.

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
uniform sampler2D picture;
uniform sampler3D lattice;
uniform float strength;
uniform sampler2D tables;  // of a view: light of codes, and below it codes of light
uniform mat3 primaries;
uniform float power;
uniform float most;
uniform bool viewed;
out vec4 result;
float valueAt(int table, float place) {
  int last = textureSize(tables, 0).x - 1;
  float at = place * float(last);
  int left = min(int(at), last - 1);
  float value = texelFetch(tables, ivec2(left, table), 0).r;
  return value + (at - float(left)) * (texelFetch(tables, ivec2(left + 1, table), 0).r - value);
}
vec3 seen(vec3 code) {
  vec3 light = vec3(valueAt(0, code.r), valueAt(0, code.g), valueAt(0, code.b));
  if (power > 0.0) light *= pow(max(dot(light, vec3(0.2627, 0.6780, 0.0593)), 1e-30), power);
  vec3 place = sqrt(sqrt(clamp(primaries * light, 0.0, most) / most));
  return vec3(valueAt(1, place.r), valueAt(1, place.g), valueAt(1, place.b));
}
vec3 node(ivec3 at) { return texelFetch(lattice, at, 0).rgb; }
void main() {
  ivec2 size = textureSize(picture, 0);
  ivec2 at = ivec2(gl_FragCoord.xy);
  vec3 color = texelFetch(picture, ivec2(at.x, size.y - 1 - at.y), 0).rgb;
  int last = textureSize(lattice, 0).x - 1;
  vec3 place = color * float(last);
  ivec3 base = min(ivec3(place), last - 1);
  vec3 part = place - vec3(base);
  ivec3 first, second;
  vec3 sorted;
  if (part.r >= part.g) {
    if (part.g >= part.b) { first = ivec3(1, 0, 0); second = ivec3(1, 1, 0); sorted = part.rgb; }
    else if (part.r >= part.b) { first = ivec3(1, 0, 0); second = ivec3(1, 0, 1); sorted = part.rbg; }
    else { first = ivec3(0, 0, 1); second = ivec3(1, 0, 1); sorted = part.brg; }
  } else {
    if (part.r >= part.b) { first = ivec3(0, 1, 0); second = ivec3(1, 1, 0); sorted = part.grb; }
    else if (part.g >= part.b) { first = ivec3(0, 1, 0); second = ivec3(0, 1, 1); sorted = part.gbr; }
    else { first = ivec3(0, 0, 1); second = ivec3(0, 1, 1); sorted = part.bgr; }
  }
  vec3 graded = node(base) * (1.0 - sorted.x) + node(base + first) * (sorted.x - sorted.y)
    + node(base + second) * (sorted.y - sorted.z) + node(base + 1) * sorted.z;
  vec3 code = color + strength * (clamp(graded, 0.0, 1.0) - color);
  result = vec4(viewed ? seen(code) : code, 1.0);
}`;

/** Something that draws: `draw(bitmap, lut, strength, view)` gives a canvas that holds until the next call. No view: codes. */
function makeRenderer() {
  return makeGpu() ?? makeCpu();
}

function makeGpu() {
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false });
  const program = gl && compiled(gl);
  if (!program) return null;
  gl.useProgram(program);
  const at = (name) => gl.getUniformLocation(program, name);
  const strengthAt = at('strength'), viewedAt = at('viewed');
  gl.uniform1i(at('picture'), 0);
  gl.uniform1i(at('lattice'), 1);
  gl.uniform1i(at('tables'), 2);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  const picture = texture(gl, 0, gl.TEXTURE_2D);
  texture(gl, 1, gl.TEXTURE_3D);  // stays bound to its unit
  texture(gl, 2, gl.TEXTURE_2D);  // as well
  let spare = null, loaded = null, bound = null, through = null;

  function load(bitmap) {
    if (loaded === bitmap) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    loaded = bitmap;
  }

  function bind({ size, nodes }) {
    if (bound === nodes) return;
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.RGBA32F, size, size, size, 0, gl.RGBA, gl.FLOAT, nodes);
    bound = nodes;
  }

  function look(view) {
    gl.uniform1i(viewedAt, view ? 1 : 0);
    if (!view || through === view) return;
    gl.activeTexture(gl.TEXTURE2);
    const tables = new Float32Array([...view.curve, ...view.shown]);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, view.curve.length, 2, 0, gl.RED, gl.FLOAT, tables);
    gl.uniformMatrix3fv(at('primaries'), true, view.matrix.flat());
    gl.uniform1f(at('power'), view.power);
    gl.uniform1f(at('most'), view.most);
    through = view;
  }

  return {
    kind: 'webgl2',
    draw(bitmap, lut, strength, view) {
      if (gl.isContextLost()) return (spare ??= makeCpu()).draw(bitmap, lut, strength, view);
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
        gl.viewport(0, 0, canvas.width, canvas.height);
      }
      load(bitmap);
      bind(lut);
      look(view);
      gl.uniform1f(strengthAt, strength);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      return canvas;
    },
  };
}

function compiled(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

function texture(gl, unit, target) {
  const made = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(target, made);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(target, filter, gl.NEAREST);
  for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(target, wrap, gl.CLAMP_TO_EDGE);
  return made;
}

function makeCpu() {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return {
    kind: 'cpu',
    draw(bitmap, lut, strength, view) {
      [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
      context.drawImage(bitmap, 0, 0);
      const image = context.getImageData(0, 0, canvas.width, canvas.height);
      const { data } = image;
      const color = [0, 0, 0];
      for (let k = 0; k < data.length; k += 4) {
        through(lut, strength, data[k] / 255, data[k + 1] / 255, data[k + 2] / 255, color, 0);
        if (view) seenThrough(view, color);
        for (let c = 0; c < 3; c++) data[k + c] = color[c] * 255;  // a clamped array rounds by itself
      }
      context.putImageData(image, 0, 0);
      return canvas;
    },
  };
}
